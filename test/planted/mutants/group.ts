import type { Mutant } from '../mutant.ts';

/** Bugs of groups: rules 26 to 28. */
export const GROUP_MUTANTS = [
  {
    name: 'group-kill-unconditional',
    realBug: 'a clean-up deletes what was judged dead a while ago, and not what still is',
    file: 'lib/group/beat-row.ts',
    find: 'or(lapsed, silent)) };',
    replace: 'or(lapsed, silent, equals(ATTRIBUTE.owner, id))) };',
  },
  {
    name: 'group-older-life-wins',
    realBug: 'the registration of a process that was replaced arrives late and hides the new one',
    file: 'lib/group/member-row.ts',
    find: "compare(ATTRIBUTE.generation, '<', generation),",
    replace: "compare(ATTRIBUTE.generation, '>', 0),",
  },
  {
    name: 'group-late-change-wins',
    realBug: 'a late copy of a change brings old metadata back, such as being active',
    file: 'lib/group/member-row.ts',
    find: "compare(ATTRIBUTE.version, '<', member.version),",
    replace: 'undefined,',
  },
  {
    name: 'group-removed-by-id',
    realBug: 'the old process deregisters by name, and with that the new one that has the name now',
    file: 'lib/group/member-row.ts',
    find: 'condition: equals(ATTRIBUTE.incarnation, incarnation) };',
    replace: 'condition: or(absent(incarnation)) };',
  },
  {
    name: 'group-announced-before-entered',
    realBug:
      'the version is raised first: who polls in between believes the old list to be the new',
    file: 'lib/group/entry.ts',
    find: `    const result = await this.#put(member);
    if (result === 'done') await this.#announce(memberHash(member));`,
    replace: `    await this.#announce(memberHash(member));
    const result = await this.#put(member);`,
  },
  {
    name: 'group-head-not-compared',
    realBug: 'a change whose announcement was lost is not seen until something else changes',
    file: 'lib/group/sweeper.ts',
    find: 'if (digest === head.digest && expired.length === 0) return;',
    replace: 'if (expired.length === 0) return;',
  },
  {
    name: 'group-view-of-newer-head',
    realBug:
      'members are read before the version that they are filed under, and stay wrong for ever',
    file: 'lib/group/follower.ts',
    find: '    this.#show(members, state);\n    this.#tell();',
    replace: '    this.#show(members, this.#poller.state ?? state);\n    this.#tell();',
  },
  {
    name: 'group-without-breaker',
    realBug: 'one look after an outage of the table removes everybody at once',
    file: 'lib/group/sweep-row.ts',
    find: 'if (dead <= always) return',
    replace: 'if (dead >= 0 || always) return',
  },
  {
    name: 'group-breaker-without-exit',
    realBug: 'self-preservation that never ends: the dead of a real disaster stay in the list',
    file: 'lib/group/sweep-row.ts',
    find: 'if (row.heldBack === sweep - 1) return',
    replace: 'if (row.heldBack === Number(sweep) + 1) return',
  },
  {
    name: 'group-swept-by-everybody',
    realBug: 'each watcher looks for the dead by itself',
    file: 'lib/group/sweep-row.ts',
    find: 'row.sweeps === 0 ? absent(ATTRIBUTE.sweeps) : equals(ATTRIBUTE.sweeps, row.sweeps),',
    replace: 'undefined,',
  },
  {
    name: 'group-sick-observer-believed',
    realBug: 'an observer that was cut off believes that everybody else has died',
    file: 'lib/group/sweep-plan.ts',
    find: "if (verdict.kind === 'dead' && wasWell)",
    replace: "if (verdict.kind === 'dead' && (wasWell || true))",
  },
  {
    name: 'group-older-takes-it-back',
    realBug: 'a process that stood still wakes up and takes its name back from its replacement',
    file: 'lib/group/membership.ts',
    find: 'const mayEvict = ({ id }: Owner) => this.#lives.has(id);',
    replace: 'const mayEvict = ({ id }: Owner) => id !== "" || this.#lives.has(id);',
  },
] as const satisfies readonly Mutant[];
