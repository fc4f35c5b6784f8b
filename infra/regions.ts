import { Token } from 'aws-cdk-lib';
import type { HoldfastProps } from './props.ts';

/** Where the table is besides the region of its stack. */
export interface OtherRegions {
  /** Regions with a replica that programs can use. */
  readonly replicas: readonly string[];
  /** A region that has a vote and no table. */
  readonly witness: string | undefined;
}

/** The regions that can be one strongly consistent table, as AWS names them. */
const REGION_SETS: readonly (readonly string[])[] = [
  ['us-east-1', 'us-east-2', 'us-west-2'],
  ['eu-west-1', 'eu-west-2', 'eu-west-3', 'eu-central-1'],
  ['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
];

/** Replicas and witness besides the stack's own region: three regions are what AWS takes. */
const OTHERS = 2;

/**
 * The other regions of a table in this one; undefined when it is in one region.
 *
 * @throws Error that says which property is wrong, and what it may be
 */
export function otherRegions(props: HoldfastProps, region: string): OtherRegions | undefined {
  const { multiRegion, replicas, witness } = props;
  if (multiRegion === undefined && replicas === undefined && witness === undefined) {
    return undefined;
  }
  if (multiRegion !== 'strong') {
    throw new Error(
      "replicas need multiRegion: 'strong'. Those of an eventually consistent global table check " +
        'conditions by what their own region has seen, so that two regions could each grant ' +
        `one lock; got multiRegion: ${String(multiRegion)}`,
    );
  }
  if (Token.isUnresolved(region)) {
    throw new Error(
      "multiRegion: the stack needs a region of its own: env: { region: 'us-east-1' }",
    );
  }
  const set = REGION_SETS.find((regions) => regions.includes(region));
  if (set === undefined) {
    throw new Error(`multiRegion: there is no strongly consistent table in ${region}: ${SETS}`);
  }
  const others = set.filter((other) => other !== region);
  if (replicas === undefined && witness === undefined && others.length === OTHERS) {
    return { replicas: others, witness: undefined };
  }
  const chosen = [...(replicas ?? []), ...(witness === undefined ? [] : [witness])];
  const isRight =
    (replicas?.length ?? 0) > 0 &&
    chosen.length === OTHERS &&
    new Set(chosen).size === OTHERS &&
    chosen.every((other) => others.includes(other));
  if (isRight) return { replicas: replicas ?? [], witness };
  throw new Error(
    `multiRegion: expected two replicas, or one and a witness, of ${others.join(', ')}; ` +
      `got replicas ${JSON.stringify(replicas ?? [])} and witness ${String(witness)}`,
  );
}

const SETS = `expected one of ${REGION_SETS.map((regions) => regions.join(', ')).join('; ')}`;
