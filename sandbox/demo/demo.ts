import { type DemoCluster, suggest } from './clusters';
import { record, runOnce } from './once';
import { type Options, readOptions, usage } from './options';
import { done, failed, type Step } from './step';
import { startTour } from './tour';
import { bringUp, type Demo, type Stops, type World } from './up';

/** Brings the demo up, and down again. */

const welcome = ({ workspace, clusters, redis, logFile }: World): readonly string[] => [
  '',
  `  workspace  ${workspace.url}`,
  ...clusters.list.map(
    ({ name, about }, index) =>
      `  ${index === 0 ? 'clusters ' : '         '}  ${name}${about ? `: ${about}` : ''}`,
  ),
  `             ${clusters.real ? 'real,' : 'recorded from'} ${clusters.madeWith}`,
  `  redis      ${redis}`,
  `  bot's log  ${logFile}`,
  '',
  'Open the workspace, and type in #platform:',
  '',
  ...suggest(clusters.list).map((command) => `  ${command}`),
  '  /peering help',
  '',
  'To approve in #peering-approvals, choose another person at the bottom of the sidebar.',
  '',
  ...withConsul(clusters.list),
  'Ctrl-C stops everything.',
];

/** Addresses and tokens to run fixes with the `consul` command, where the clusters are recordings. */
const withConsul = (list: readonly DemoCluster[]): readonly string[] => {
  const lines = list.flatMap(({ name, address, manageToken }) =>
    manageToken === undefined
      ? []
      : [`  CONSUL_HTTP_ADDR=${address} CONSUL_HTTP_TOKEN=${manageToken}  # ${name}`],
  );
  return lines.length === 0
    ? []
    : ['The recordings take fixes of the `consul` command too, answered by a small model:', '', ...lines, ''];
};

/** Everything that `npm run demo` does once it is built; resolves to the exit status. */
export const runDemo = async (demo: Demo): Promise<number> => {
  const options = readOptions(demo.args);
  if (!options.ok) {
    demo.err(`demo: ${options.message}`);
    return 2;
  }
  if (options.value.help) {
    demo.out(usage);
    return 0;
  }
  const stops: Stops = [];
  const interrupted = new Promise<'interrupted'>((resolve) => {
    let before = false;
    demo.onSignal(() => {
      // A second signal ends the demo at once; the watchdogs end the rest.
      if (before) process.exit(130);
      before = true;
      resolve('interrupted');
    });
  });
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    const up = bringUp(options.value, demo, stops);
    const first = await Promise.race([up, interrupted]);
    if (first === 'interrupted') {
      // A process that is starting can be stopped only once it has started.
      await up;
      return 130;
    }
    const ended = first.ok ? await stay(first.value, options.value, demo, interrupted) : first;
    if (ended.ok) return 0;
    demo.err(`demo: ${ended.message}`);
    return 1;
  } finally {
    await stop();
  }
};

const stay = async (
  world: World,
  options: Options,
  demo: Demo,
  interrupted: Promise<'interrupted'>,
): Promise<Step<undefined>> => {
  const { recorder } = world;
  const once = recorder ? record(recorder, world, demo) : options.run && runOnce(options.run, world, demo);
  if (once) {
    const ran = await Promise.race([once, interrupted]);
    return ran === 'interrupted' ? failed('interrupted') : ran;
  }
  for (const line of welcome(world)) demo.out(line);
  const endTour = world.clusters.real ? undefined : startTour(world.workspace);
  await interrupted;
  endTour?.();
  demo.out('stopping…');
  return done(undefined);
};
