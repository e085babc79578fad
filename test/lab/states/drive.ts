import { appendFileSync } from 'node:fs';
import type { Finding } from '../../../src/report/report';
import { describeWith } from '../binaries';
import { sleep } from '../process';
import type { BotAnswer } from './engine';
import { flowing, type Lab, type LabOptions, startLab } from './lab';
import type { End, Expected, Fix, Row } from './row';
import { countOutcomes, keepTotals, type Outcome, totalsLine } from './totals';

/** `LAB_STATES=thorough` holds each state longer, with all Envoys restarted, to measure the truth of new rows. */
const thorough = process.env['LAB_STATES'] === 'thorough';
const hold = thorough ? { times: 16, everyMs: 500 } : { times: 3, everyMs: 350 };
/** Longer than Envoy leaves out an endpoint that has failed, which is 30 s. Waits end as soon as the answer is there. */
const patienceMs = 90_000;

type Told = Outcome['told'];
type FixState = Outcome['fix'];

type Answers = Readonly<Partial<Record<End, BotAnswer>>>;

interface Found extends Pick<Finding, 'severity' | 'remediation' | 'message'> {
  readonly at: End;
  readonly id: string;
  readonly subject: string;
}

const findingsOf = (answers: Answers): readonly Found[] =>
  (['east', 'west'] as const).flatMap((at) =>
    (answers[at]?.report.results ?? []).flatMap(({ id, findings }) =>
      findings.map(({ severity, subject, remediation, message }) => ({
        at,
        id,
        severity,
        subject: `${subject.kind} ${subject.name}`,
        remediation,
        message,
      })),
    ),
  );

const meets =
  ({ at, id, subject, severity = 'error' }: Expected) =>
  (found: Found): boolean =>
    found.at === at &&
    [id].flat().includes(found.id) &&
    found.severity === severity &&
    subject.test(found.subject);

/**
 * Compares the paths with the traffic. Of a state that is blocked, one does not pass or has a risk; of one that flows,
 * none ends that is in use, unless the specification forbids the state. A name that resolves to no peer is no path.
 */
const comparePaths = ({ truth, expected, unseen }: Row, { west }: Answers): Told => {
  const used = (west?.paths ?? []).filter(({ here, standby }) => here === 'consumer' && !standby);
  if (unseen !== undefined) {
    const isUnknown = used.some(({ hops }) =>
      hops.some(({ name, status }) => name === unseen && status === 'unknown'),
    );
    return isUnknown ? 'right' : 'missed';
  }
  if (truth === 'flows') {
    const isForbidden = expected.some(({ severity = 'error' }) => severity === 'error');
    return !isForbidden && used.some(({ status }) => status === 'fail') ? 'false alarm' : 'right';
  }
  const isDoubted = used.some(
    ({ status, hops }) => status !== 'pass' || hops.some(({ caution }) => caution !== ''),
  );
  return used.length === 0 || isDoubted ? 'right' : 'missed';
};

/** Compares the bot's answer with the right one. */
const compare = (row: Row, found: readonly Found[], answers: Answers): Told => {
  const { truth, expected } = row;
  const allowed = (one: Found): boolean => expected.some((want) => meets(want)(one));
  if (truth === 'flows' && found.some((one) => one.severity === 'error' && !allowed(one)))
    return 'false alarm';
  return expected.every((want) => found.some(meets(want))) ? comparePaths(row, answers) : 'missed';
};

const isFlowing = async (lab: Lab, { request = {} }: Row): Promise<boolean> => {
  if (request.discovery === undefined) {
    const { port = 'upstream', path = '/', host, refusedHost } = request;
    const isAnswered = async (name: string | undefined): Promise<boolean> =>
      (await lab.ask(port, path, name)) === flowing(request.body);
    return (await isAnswered(host)) && (refusedHost === undefined || !(await isAnswered(refusedHost)));
  }
  const states = await lab.discover(request.discovery);
  return states.length > 0 && states.every((state) => state === 'passing');
};

/**
 * Asks until traffic flows or is blocked as expected and stays so, or patience ends. Few requests, as Envoy ejects an endpoint
 * that failed five times in a row.
 */
const staysAt = async (lab: Lab, row: Row, shallFlow: boolean): Promise<boolean> => {
  const end = Date.now() + patienceMs;
  while (Date.now() < end) {
    let held = 0;
    while (held <= hold.times && (await isFlowing(lab, row)) === shallFlow) {
      held++;
      await sleep(hold.everyMs);
    }
    if (held > hold.times) return true;
    await sleep(300);
  }
  return false;
};

const checkBoth = async (lab: Lab, { alone }: Row): Promise<Answers> => {
  const ends = alone ? [alone] : (['east', 'west'] as const);
  const answers = await Promise.all(
    ends.map(async (end) => [end, await lab.check(end, alone !== undefined)] as const),
  );
  return Object.fromEntries(answers);
};

/** Checks until the answer is right; what was changed takes a moment to show everywhere. */
const tell = async (
  lab: Lab,
  row: Row,
): Promise<{ readonly told: Told; readonly found: readonly Found[] }> => {
  const end = Date.now() + 6000;
  for (;;) {
    const answers = await checkBoth(lab, row);
    const found = findingsOf(answers);
    const told = compare(row, found, answers);
    if (told === 'right' || Date.now() > end) return { told, found };
    await sleep(300);
  }
};

/** The finding whose fix is pasted, and the snippets in order; undefined where one is missing. */
const snippetOf = (row: Row, fix: Fix, found: readonly Found[]) => {
  const about = row.expected.filter(({ id }) => fix.of === undefined || [id].flat().includes(fix.of));
  const finding = about.slice(0, 1).flatMap((want) => found.filter(meets(want)))[0];
  const snippets = [fix.title ?? /^/u]
    .flat()
    .map((pattern) =>
      finding?.remediation.find(({ language, title }) => language === 'shell' && pattern.test(title)),
    )
    .flatMap((snippet) => (snippet ? [snippet.code] : []));
  const isComplete = snippets.length === [fix.title].flat().length;
  return finding && isComplete ? { finding, snippets } : undefined;
};

const asksToRestart = ({ message, remediation }: Found): boolean =>
  /restart|start\b.*\b(again|anew)/iu.test(
    [message, ...remediation.flatMap(({ title, code }) => [title, code])].join('\n'),
  );

const tryFix = async (
  lab: Lab,
  row: Row,
  fix: Fix,
  found: readonly Found[],
): Promise<{ readonly state: FixState; readonly why?: string }> => {
  const pasted = snippetOf(row, fix, found);
  if (pasted === undefined) return { state: 'none' };
  const script = pasted.snippets.join('\n');
  if (fix.restart && !asksToRestart(pasted.finding)) {
    return { state: 'fails', why: `it does not say what has to be restarted:\n${script}` };
  }
  try {
    for (const snippet of pasted.snippets) await lab.paste(fix.at, snippet);
    for (const [end, id] of fix.restart ?? []) await lab[end].restart(id, true);
  } catch (error) {
    return { state: 'fails', why: String(error) };
  }
  // The consumer's own Envoy may have ejected the gateway while the state was blocked.
  await lab.west.restart('web-sidecar-proxy');
  const flows = await staysAt(lab, row, true);
  return flows ? { state: 'works' } : { state: 'fails', why: `still blocked after:\n${script}` };
};

/** Tells that each error about a state that flows, and that the specification forbids, says that it flows. */
const saysThatItFlows = ({ truth, expected }: Row, found: readonly Found[]): boolean =>
  truth === 'blocked' ||
  found
    .filter(({ severity }) => severity === 'error')
    .filter((one) => expected.some((want) => meets(want)(one)))
    .every(({ message }) => /\bflows?\b/u.test(message));

const shown = (found: readonly Found[]): string =>
  found
    .filter(({ severity }) => severity !== 'info')
    .map(({ at, id, severity, subject, message }) => `${at}: ${severity} ${id}: ${subject}: ${message}`)
    .join('\n');

/** Mistakes of an answer or a fix, or with the row itself, one line each; empty where all is right. */
type Measured = Outcome & { readonly problems: readonly string[] };

const measure = async (lab: Lab, row: Row): Promise<Measured> => {
  const started = Date.now();
  await lab.reset();
  await row.change(lab);
  if (thorough) await lab.refresh();
  const asWritten = await staysAt(lab, row, row.truth === 'flows');
  const { told, found } = await tell(lab, row);
  const { state, why } =
    row.fix && asWritten && told === 'right'
      ? await tryFix(lab, row, row.fix, found)
      : { state: '' as const };
  const fix: FixState = row.fix && told !== 'right' ? 'none' : state;
  const byWarning =
    row.truth === 'blocked' &&
    row.unseen === undefined &&
    !found.some(({ severity }) => severity === 'error');
  const { port = 'upstream', path = '/', host } = row.request ?? {};
  const problems = [
    asWritten || `it ${row.truth === 'flows' ? 'is blocked' : 'flows'}: ${await lab.ask(port, path, host)}`,
    told === 'right' || `the bot's answer: ${told}`,
    !row.fix || told !== 'right' || fix === 'works' || `the fix: ${fix} ${why ?? ''}`,
    saysThatItFlows(row, found) || `an error does not say that traffic flows:\n${shown(found)}`,
    told === 'right' || `found:\n${shown(found)}`,
  ].filter((problem) => problem !== true);
  const outcome = { row, told, fix, byWarning, seconds: (Date.now() - started) / 1000, problems };
  note({ ...outcome, asWritten, found: shown(found) });
  return outcome;
};

/** Measures a row; once more where something is wrong, as proxies may start too slowly on a busy machine. */
const run = async (lab: Lab, row: Row, keep: (outcome: Outcome) => void): Promise<void> => {
  const first = await measure(lab, row).catch((error: unknown) => ({ problems: [String(error)] }));
  const outcome = 'row' in first && first.problems.length === 0 ? first : await measure(lab, row);
  keep({ ...outcome, failedFirst: first.problems.join('; ') });
  if (outcome.problems.length > 0) throw new Error(outcome.problems.join('\n'));
};

/** For those who write rows: `LAB_STATES_NOTES` names a file that gets what was measured. */
const note = ({
  row,
  ...measured
}: Measured & { readonly found: string; readonly asWritten: boolean }): void => {
  const file = process.env['LAB_STATES_NOTES'];
  if (file) appendFileSync(file, `${JSON.stringify({ name: row.name, truth: row.truth, ...measured })}\n`);
};

const table = (title: string, outcomes: readonly Outcome[]): string => {
  const lines = outcomes.map(
    ({ row, told, fix, seconds, failedFirst }) =>
      `  ${row.truth.padEnd(7)}  ${told.padEnd(11)}  ${(fix && `fix ${fix}`).padEnd(9)}  ${seconds.toFixed(1).padStart(5)} s  ${row.name}` +
      (failedFirst && `\n           measured twice: ${failedFirst.split('\n')[0]}`),
  );
  return [`states of ${title}:`, ...lines, `  ${totalsLine(countOutcomes(outcomes))}`, ''].join('\n');
};

/** Applies each row to one live pair, measures, asks the bot, and pastes the fix. */
export const describeStates = (title: string, rows: readonly Row[], options?: LabOptions): void =>
  describeWith(['consul', 'envoy'], `states of two peered clusters: ${title}`, () => {
    const outcomes: Outcome[] = [];
    let lab: Lab;
    beforeAll(async () => {
      lab = await startLab(options);
    }, 120_000);
    afterAll(async () => {
      process.stdout.write(table(title, outcomes));
      keepTotals(countOutcomes(outcomes));
      await lab?.stop();
    }, 60_000);

    it.each(rows.map((row) => [row.name, row] as const))(
      '%s',
      (_, row) => run(lab, row, (outcome) => outcomes.push(outcome)),
      500_000,
    );
  });
