import { readDeploy } from './manifests';

const job = readDeploy('nomad/peering-bot.nomad.hcl');
const valueOf = (name: string): string | undefined =>
  new RegExp(`^\\s*${name}\\s*=\\s*"([^"]*)"$`, 'm').exec(job)?.[1];

it('has the bot read the clusters file again in place of a restart, where Nomad writes it', () => {
  const file = valueOf('PEERING_CLUSTERS');
  expect(job).toContain(`destination   = "${file?.slice(1)}"`);
  // Nomad replaces the file, and a file that is mounted by itself stays the old one.
  expect(job).not.toContain(`:${file}`);
  expect(valueOf('change_mode')).toBe('signal');
  expect(valueOf('change_signal')).toBe('SIGHUP');
});

it('gives a worker of the queue tokens time to stop', () => {
  expect(Number.parseInt(valueOf('kill_timeout') ?? '', 10)).toBeGreaterThan(45);
});
