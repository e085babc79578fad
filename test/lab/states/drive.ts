import { appendFileSync } from 'node:fs';
import type { Finding, Report } from '../../../src/report/report';
import { describeWith } from '../binaries';
import { sleep } from '../process';
import { flowing, type Lab, startLab } from './lab';
import type { End, Expected, Fix, Row } from './row';

/** `LAB_STATES=thorough` holds each state longer, with all Envoys restarted, to measure the truth of new rows. */
const thorough = process.env['LAB_STATES'] === 'thorough';
const hold = thorough ? { times: 16, everyMs: 500 } : { times: 3, everyMs: 350 };
const patienceMs = thorough ? 45_000 : 15_000;

type Told = 'right' | 'missed' | 'false alarm';
type FixState = 'works' | 'fails' | 'none' | '';

interface Outcome {
  readonly row: Row;
  readonly told: Told;
  readonly fix: FixState;
  readonly seconds: number;
  /** Blocked, and no error at any end. */
  readonly falseGreen: boolean;
}

type Reports = Readonly<Partial<Record<End, Report>>>;

interface Found extends Pick<Finding, 'severity' | 'remediation' | 'message'> {
  readonly at: End;
  readonly id: string;
  readonly subject: string;
}

const findingsOf = (reports: Reports): readonly Found[] =>
  (['east', 'west'] as const).flatMap((at) =>
    (reports[at]?.results ?? []).flatMap(({ id, findings }) =>
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

/** Compares the bot's answer with the right one. */
const compare = ({ truth, expected }: Row, found: readonly Found[]): Told => {
  const allowed = (one: Found): boolean => expected.some((want) => meets(want)(one));
  if (truth === 'flows' && found.some((one) => one.severity === 'error' && !allowed(one)))
    return 'false alarm';
  return expected.every((want) => found.some(meets(want))) ? 'right' : 'missed';
};

const isFlowing = async (lab: Lab, { request = {} }: Row): Promise<boolean> => {
  if (request.discovery === undefined) {
    return (await lab.ask(request.port ?? 'upstream', request.path ?? '/')) === flowing(request.body);
  }
  const states = await lab.discover(request.discovery);
  return states.length > 0 && states.every((state) => state === 'passing');
};

/**
 * Asks until the answer is the expectedFlow one and stays so, or patience ends. Few requests, as Envoy ejects an endpoint
 * that failed five times in a row.
 */
const staysAt = async (
  lab: Lab,
  row: Row,
  expectedFlow: boolean,
  patience = patienceMs,
): Promise<boolean> => {
  const end = Date.now() + patience;
  while (Date.now() < end) {
    let held = 0;
    while (held <= hold.times && (await isFlowing(lab, row)) === expectedFlow) {
      held++;
      await sleep(hold.everyMs);
    }
    if (held > hold.times) return true;
    await sleep(300);
  }
  return false;
};

const checkBoth = async (lab: Lab, { alone }: Row): Promise<readonly Found[]> => {
  const ends = alone ? [alone] : (['east', 'west'] as const);
  const reports = await Promise.all(
    ends.map(async (end) => [end, await lab.check(end, alone !== undefined)] as const),
  );
  return findingsOf(Object.fromEntries(reports));
};

/** Checks until the answer is as marked; what was changed takes a moment to show everywhere. */
const tell = async (
  lab: Lab,
  row: Row,
): Promise<{ readonly told: Told; readonly found: readonly Found[] }> => {
  const end = Date.now() + 6000;
  for (;;) {
    const found = await checkBoth(lab, row);
    const told = compare(row, found);
    if (told === (row.today ?? 'right') || Date.now() > end) return { told, found };
    await sleep(300);
  }
};

/** The finding whose fix is pasted, and the snippet. */
const snippetOf = (row: Row, fix: Fix, found: readonly Found[]) => {
  const expectedFlow = row.expected.filter(({ id }) => fix.of === undefined || [id].flat().includes(fix.of));
  const finding = expectedFlow.slice(0, 1).flatMap((want) => found.filter(meets(want)))[0];
  const snippet = finding?.remediation.find(
    ({ language, title }) => language === 'shell' && (fix.title?.test(title) ?? true),
  );
  return finding && snippet && { finding, code: snippet.code };
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
  const script = pasted.code;
  if (fix.restart && !asksToRestart(pasted.finding)) {
    return { state: 'fails', why: `it does not say what has to be restarted:\n${script}` };
  }
  try {
    await lab.paste(fix.at, script);
    for (const [end, id] of fix.restart ?? []) await lab[end].restart(id, true);
  } catch (error) {
    return { state: 'fails', why: String(error) };
  }
  // The consumer's own Envoy may have ejected the gateway while the state was blocked.
  await lab.west.restart('web-sidecar-proxy');
  const flows = await staysAt(lab, row, true, fix.today === 'fails' ? 6000 : 15_000);
  return flows ? { state: 'works' } : { state: 'fails', why: `still blocked after:\n${script}` };
};

const shown = (found: readonly Found[]): string =>
  found
    .filter(({ severity }) => severity !== 'info')
    .map(({ at, id, severity, subject, message }) => `${at}: ${severity} ${id}: ${subject}: ${message}`)
    .join('\n');

const run = async (lab: Lab, row: Row, keep: (outcome: Outcome) => void): Promise<void> => {
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
  const falseGreen = row.truth === 'blocked' && !found.some(({ severity }) => severity === 'error');
  const seconds = (Date.now() - started) / 1000;
  keep({ row, told, fix, seconds, falseGreen });
  note({
    name: row.name,
    truth: row.truth,
    asWritten,
    told,
    today: row.today,
    fix,
    why,
    seconds,
    found: shown(found),
  });

  const problems = [
    asWritten ||
      `it ${row.truth === 'flows' ? 'is blocked' : 'flows'}: ${await lab.ask(row.request?.port ?? 'upstream', row.request?.path ?? '/')}`,
    told === (row.today ?? 'right') || `the bot is ${told}, marked ${row.today ?? 'right'}`,
    !row.fix ||
      told !== 'right' ||
      (fix === 'works') === (row.fix.today !== 'fails') ||
      `the fix: ${fix} ${why ?? ''}`,
  ].filter((problem) => problem !== true);
  if (problems.length > 0) throw new Error(`${problems.join('\n')}\nfound:\n${shown(found)}`);
};

/** For those who write rows: `LAB_STATES_NOTES` names a file that gets what was measured. */
const note = (outcome: object): void => {
  const file = process.env['LAB_STATES_NOTES'];
  if (file) appendFileSync(file, `${JSON.stringify(outcome)}\n`);
};

const table = (title: string, outcomes: readonly Outcome[]): string => {
  const count = (test: (one: Outcome) => boolean): number => outcomes.filter(test).length;
  const fixes = outcomes.filter(({ row }) => row.fix !== undefined);
  const lines = outcomes.map(
    ({ row, told, fix, seconds }) =>
      `  ${row.truth.padEnd(7)}  ${told.padEnd(11)}  ${(fix && `fix ${fix}`).padEnd(9)}  ${seconds.toFixed(1).padStart(5)} s  ${row.name}`,
  );
  return [
    `states of ${title}:`,
    ...lines,
    `  told right ${count(({ told }) => told === 'right')} / missed ${count(({ told }) => told === 'missed')}` +
      ` (${count(({ falseGreen }) => falseGreen)} without any error) / false alarm ${count(({ told }) => told === 'false alarm')}` +
      ` / fixes that work ${fixes.filter(({ fix }) => fix === 'works').length} of ${fixes.length}`,
    '',
  ].join('\n');
};

/** Applies each row to one live pair, measures, asks the bot, and pastes the fix. */
export const describeStates = (title: string, rows: readonly Row[]): void =>
  describeWith(['consul', 'envoy'], `states of two peered clusters: ${title}`, () => {
    const outcomes: Outcome[] = [];
    let lab: Lab;
    beforeAll(async () => {
      lab = await startLab();
    }, 120_000);
    afterAll(async () => {
      process.stdout.write(table(title, outcomes));
      await lab?.stop();
    }, 60_000);

    it.each(rows.map((row) => [row.name, row] as const))(
      '%s',
      (_, row) => run(lab, row, (outcome) => outcomes.push(outcome)),
      180_000,
    );
  });
