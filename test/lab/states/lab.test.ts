import { describeWith } from '../binaries';
import { isFree } from '../process';
import { type Lab, startLab } from './lab';

describeWith(['consul'], 'the lab of states', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ proxies: 'listeners' });
  }, 120_000);
  afterAll(() => lab?.stop());

  it('leaves no proxy behind where starts overlap, as after a row that failed', async () => {
    const proxy = 'web-sidecar-proxy';
    const port = lab.port(`${proxy}@west`);
    await Promise.all([lab.west.restart(proxy), lab.west.restart(proxy)]);
    expect(await isFree(port)).toBe(false);
    const started = lab.west.restart(proxy);
    await lab.west.kill(proxy);
    await started;
    expect(await isFree(port)).toBe(true);
  });
});
