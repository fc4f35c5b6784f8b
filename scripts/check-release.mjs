/**
 * Refuses a release whose changelog is not ready. npm runs it before `npm version` and before
 * `npm publish`: notes under "Unreleased" would be published under no version at all.
 */
import { readFileSync } from 'node:fs';

const changelog = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8');
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

const sections = new Map();
for (const section of changelog.split(/^## /m).slice(1)) {
  const [heading, ...lines] = section.split('\n');
  sections.set(heading.trim().split(' ')[0], lines.join('\n').trim());
}

if ((sections.get('Unreleased') ?? '') !== '') {
  refuse('CHANGELOG.md has notes under "Unreleased": give them a version and a date first.');
}
// Before `npm version` the number in package.json is still the old one; npm itself checks the new.
const publishing = process.env.npm_lifecycle_event === 'prepublishOnly';
if (publishing && (sections.get(version) ?? '') === '') {
  refuse(`CHANGELOG.md says nothing about ${version}: add a section "## ${version} (date)".`);
}

function refuse(message) {
  console.error(message);
  process.exit(1);
}
