import { describe } from 'vitest';
import { ENGINES, useEngine } from './engines.ts';
import { answerSuite } from './suites/answers.ts';
import { capabilitySuite } from './suites/capabilities.ts';
import { conditionSuite, updateSuite } from './suites/expressions.ts';
import { testsOn } from './suites/harness.ts';
import { querySuite } from './suites/queries.ts';
import { tableSuite } from './suites/tables.ts';
import { valueSuite } from './suites/values.ts';
import { writeSuite } from './suites/writes.ts';

/** The contract of `lib/store/store.ts`, on every engine. */
for (const engine of ENGINES) {
  describe(`the store contract on ${engine.name}`, () => {
    const testOn = testsOn(engine, useEngine(engine));
    capabilitySuite(testOn);
    conditionSuite(testOn);
    updateSuite(testOn);
    writeSuite(testOn);
    valueSuite(testOn);
    answerSuite(testOn);
    querySuite(testOn);
    tableSuite(testOn);
  });
}
