import type { Finding } from './source.ts';

type Versions = Readonly<Record<string, string>>;

/** package.json, as far as the rules look into it. */
export interface Manifest {
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly peerDependencies?: Versions;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** package-lock.json, likewise. */
export interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly resolved?: string; readonly optionalDependencies?: Versions }>
  >;
}

const EXACT = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

/** What every user must install with the package; any other peer is for those who want it. */
const REQUIRED_PEER = /^@aws-sdk\/(client|util)-dynamodb$/;

/** No run-time dependencies, exact versions, and peers that nobody needs are optional. */
export function checkManifest(manifest: Manifest): Finding[] {
  const pinned = { ...manifest.devDependencies, ...manifest.optionalDependencies };
  const optional = manifest.peerDependenciesMeta ?? {};
  return [
    ...Object.keys(manifest.dependencies ?? {}).map(
      (name) => `package.json:1 depends on ${name} at run time: a peer at most`,
    ),
    ...Object.entries(pinned)
      .filter(([, version]) => !EXACT.test(version))
      .map(([name, version]) => `package.json:1 ${name} ${version} is not an exact version`),
    ...Object.keys(manifest.peerDependencies ?? {})
      .filter((name) => !REQUIRED_PEER.test(name) && optional[name]?.optional !== true)
      .map((name) => `package.json:1 peer ${name} is not optional`),
  ];
}

/**
 * No registry addresses, so that it installs behind any mirror. And an entry for every platform's
 * package: npm leaves it out when the mirror at hand lacks it, and then `npm ci` refuses.
 */
export function checkLock({ packages }: Lock): Finding[] {
  const offered = Object.values(packages).flatMap(({ optionalDependencies }) =>
    Object.keys(optionalDependencies ?? {}),
  );
  const absent = offered.filter(
    (name) => !Object.keys(packages).some((path) => path.endsWith(`node_modules/${name}`)),
  );
  return [
    ...Object.entries(packages)
      .filter(([, { resolved }]) => resolved !== undefined)
      .map(([path]) => `package-lock.json:1 ${path} has an address: remove its "resolved"`),
    ...absent.map((name) => `package-lock.json:1 ${name} is missing: npm ci will refuse`),
  ];
}
