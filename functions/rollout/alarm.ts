/** The names of the alarms that an event says to have gone off, from EventBridge or from SNS. */
export function alarmsOf(event: unknown): readonly string[] {
  const { Records } = event as { readonly Records?: unknown };
  const changes = Array.isArray(Records) ? Records.map(ofSns) : [ofEventBridge(event)];
  return changes.flatMap(({ name, state }) =>
    state === 'ALARM' && typeof name === 'string' ? name : [],
  );
}

interface Change {
  readonly name?: unknown;
  readonly state?: unknown;
}

function ofEventBridge(event: unknown): Change {
  const { source, detail } = event as {
    readonly source?: unknown;
    readonly detail?: {
      readonly alarmName?: unknown;
      readonly state?: { readonly value?: unknown };
    };
  };
  if (source !== 'aws.cloudwatch') return {};
  return { name: detail?.alarmName, state: detail?.state?.value };
}

function ofSns(record: unknown): Change {
  const { Sns } = record as { readonly Sns?: { readonly Message?: string } };
  try {
    const message = JSON.parse(Sns?.Message ?? '') as {
      readonly AlarmName?: unknown;
      readonly NewStateValue?: unknown;
    };
    return { name: message.AlarmName, state: message.NewStateValue };
  } catch {
    // Anybody may publish to a topic.
    return {};
  }
}
