import { type Finding, finding, type Import, type SourceFile } from './source.ts';

/** Packages that the library may use, and from where. Each is a peer that only that place loads. */
const PACKAGES: readonly { readonly name: RegExp; readonly from: RegExp }[] = [
  { name: /^@openfeature\//, from: /^lib\/openfeature\// },
  { name: /^@aws-sdk\/client-dynamodb-streams$/, from: /^lib\/local\// },
  { name: /^@(aws-sdk|smithy)\//, from: /^lib\/store\/dynamo-/ },
  { name: /^dynalite(\/|$)/, from: /^lib\/local\// },
  { name: /^mqtt$/, from: /^lib\/mqtt\// },
];

const PRIMITIVE = /^lib\/(lock|election|naming|config|group|transaction)\//;

/** What is built on top of the library's parts, and so is out of their sight. */
const TOP = /^lib\/((index|holdfast)\.ts|(cli|local|openfeature|recipes)\/|[a-z]+\/index\.ts)/;

/** Import directions within `lib`: data flows one way. */
export function checkImports(files: readonly SourceFile[]): Finding[] {
  return files
    .filter((file) => file.path.startsWith('lib/'))
    .flatMap((file) =>
      file.imports.flatMap((found) =>
        objections(file.path, found).map((objection) =>
          finding(file, found.start, `imports ${found.specifier}: ${objection}`),
        ),
      ),
    );
}

function objections(path: string, found: Import): string[] {
  if (found.target === undefined) return objectToPackage(path, found);
  return objectToFile(path, found.target);
}

function objectToPackage(path: string, { specifier }: Import): string[] {
  if (specifier.startsWith('node:')) return [];
  const known = PACKAGES.find(({ name }) => name.test(specifier));
  if (known === undefined) return ['the library has no run-time dependencies'];
  return known.from.test(path) ? [] : [`only ${known.from.source} may`];
}

function objectToFile(path: string, target: string): string[] {
  const objections: string[] = [];
  if (!target.startsWith('lib/')) objections.push('the library stands by itself');
  if (path.startsWith('lib/core/') && !/^lib\/(core\/|errors\.ts$)/.test(target)) {
    objections.push('core/ stands below everything else');
  }
  const [own, other] = [PRIMITIVE.exec(path)?.[1], PRIMITIVE.exec(target)?.[1]];
  if (own !== undefined && other !== undefined && own !== other) {
    objections.push('primitives never import each other');
  }
  if (TOP.test(target) && !TOP.test(path)) objections.push('that is built on top of this');
  return objections;
}
