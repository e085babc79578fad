import { spawnSync } from 'node:child_process';
import { binary, describeWith } from '../lab/binaries';
import { deployedOptions } from '../bench/measured-process';
import { deployPath, readDeploy } from './manifests';

describeWith(['systemd-analyze'], 'deploy/systemd', () => {
  it('passes systemd-analyze verify', () => {
    const { status, stderr } = spawnSync(
      binary('systemd-analyze'),
      ['verify', deployPath('systemd/peering-bot.service')],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
  });

  it('exposes little by systemd-analyze security', () => {
    const { status, stdout } = spawnSync(
      binary('systemd-analyze'),
      ['security', '--offline=true', '--threshold=15', deployPath('systemd/peering-bot.service')],
      { encoding: 'utf8' },
    );
    expect([status, stdout]).toEqual([0, expect.stringContaining('OK')]);
  });
});

it('gives the bot time to stop, and lets it stop its own processes', () => {
  const unit = readDeploy('systemd/peering-bot.service');
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(45);
  expect(unit).toContain('KillMode=mixed');
});

it('starts the bot with the options that the bench measures it with', () => {
  expect(readDeploy('systemd/peering-bot.service')).toContain(
    `node ${deployedOptions.join(' ')} /opt/peering-bot/dist/main.js start`,
  );
});
