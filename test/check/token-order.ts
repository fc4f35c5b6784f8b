import type { MutexInput, MutexOutput } from './fenced-mutex.ts';
import type { History, Operation } from './history.ts';

type MutexOperation = Operation<MutexInput, MutexOutput>;

/**
 * The same history with the grants' intervals narrowed to what their tokens leave of them: before
 * each grant of a larger token returned, after each of a smaller one was called. In every order
 * that the model allows tokens grow, so nothing is lost; and where dozens wait at once, a search
 * that tries them in the order of their calls does not come to an end. Where the tokens leave
 * nothing, the history is given back as it was, for the search to say what is wrong with it.
 */
export function narrowByTokens(
  history: History<MutexInput, MutexOutput>,
): History<MutexInput, MutexOutput> {
  const grants = history
    .flatMap((operation, index) => {
      const token = tokenGranted(operation);
      if (token === undefined) return [];
      return [{ index, token, calledAt: operation.calledAt, returnedAt: operation.returnedAt }];
    })
    .sort((one, other) => one.token - other.token);
  let calledAt = Number.NEGATIVE_INFINITY;
  for (const grant of grants) {
    calledAt = Math.max(calledAt, grant.calledAt);
    grant.calledAt = calledAt;
  }
  let returnedAt = Number.POSITIVE_INFINITY;
  for (const grant of grants.toReversed()) {
    returnedAt = Math.min(returnedAt, grant.returnedAt);
    grant.returnedAt = returnedAt;
  }
  if (grants.some((grant) => grant.calledAt > grant.returnedAt)) return history;
  const others = history.filter((operation) => tokenGranted(operation) === undefined);
  // The search tries what is called at the same time in the order in which it is given.
  return [
    ...grants.map(({ index, calledAt, returnedAt }) => {
      return { ...(history[index] as MutexOperation), calledAt, returnedAt };
    }),
    ...others,
  ];
}

function tokenGranted(operation: MutexOperation): number | undefined {
  if (operation.kind === 'unknown' || operation.output.kind !== 'granted') return undefined;
  return operation.output.token;
}
