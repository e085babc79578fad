import { type Access, evaluate, type AclQuestion, type Resource, resources } from '../../acl/evaluate';
import { formatReason } from '../../acl/explain';
import { namedResources } from '../../acl/rules';
import { formatUnreadable } from '../../acl/token';
import { rightsIn } from '../../checks/acls/tokens';
import { reasonOf } from '../../checks/reason';
import { didYouMean } from '../../config/suggest-name';
import type { Result } from '../../result';
import { createClients } from '../../clusters/clients';
import { type AclRead, type AclReadError, readClusterAcl } from '../../clusters/read-acl';
import { renderAclText } from '../../render/acl';
import { showInvisible } from '../../render/escape';
import { safeJson } from '../../render/json';
import { type CliCommand, type ExitCode, exit, type Terminal, usageError, textOrJson } from '../command';
import type { AclAnswers } from '../lists';
import { findCluster } from '../open-cluster';
import { textWidth } from '../text-width';

/** Parses a right such as `service:read:web`; without a name, it means all names. */
const parseCan = (text: string): AclQuestion | string => {
  const [resource = '', access = '', ...rest] = text.split(':');
  const known = resources.find((one) => one === resource);
  const expected = `--can ${JSON.stringify(text.slice(0, 80))}: expected RESOURCE:ACCESS or RESOURCE:ACCESS:NAME`;
  if (!known) {
    return `${expected}; RESOURCE is one of ${resources.join(', ')}${didYouMean(resource, resources)}`;
  }
  const accesses: readonly Access[] = known === 'key' ? ['read', 'list', 'write'] : ['read', 'write'];
  const level = accesses.find((one) => one === access);
  if (!level)
    return `${expected}; ACCESS of ${known} is one of ${accesses.join(', ')}${didYouMean(access, accesses)}`;
  const segment = rest.join(':');
  const hasNames = known === 'intention' || (namedResources as readonly Resource[]).includes(known);
  if (!hasNames && segment !== '') return `${expected}; ${known} has no names`;
  return { resource: known, access: level, segment, all: hasNames && segment === '' };
};

/** Answers the questions about the named token, else about the bot's own; returns a sentence if it cannot. */
const answersOf = ({ snapshot, token }: AclRead, questions: readonly AclQuestion[]): AclAnswers | string => {
  const { acl } = snapshot.sections;
  if (acl.visibility === 'hidden') return `the ACL system is not visible: ${reasonOf(acl.reason)}`;
  if (!acl.value.enabled) {
    const because = 'ACLs are disabled on this cluster';
    const can = questions.map(({ resource, access, segment = '' }) => ({
      resource,
      access,
      segment,
      allowed: true,
      because,
    }));
    return { accessor: '', can };
  }
  const subject = token ?? acl.value.own;
  if (!subject) {
    const { ownUnseen } = acl.value;
    return `the rules of the bot's own token could not be read${ownUnseen ? `: ${reasonOf(ownUnseen)}` : ''}`;
  }
  const rights = rightsIn(subject, snapshot.cluster);
  if (!rights.ok) return formatUnreadable(rights.error);
  const can = questions.map((question) => {
    const { resource, access, segment = '' } = question;
    const { allowed, because } = evaluate(rights.value.rights, question);
    return { resource, access, segment, allowed, because: formatReason(because) };
  });
  return { accessor: subject.AccessorID, can };
};

const textOf = ({ accessor, can }: AclAnswers): string =>
  [
    ...(accessor === '' ? [] : [`accessor ${accessor}`]),
    ...can.map(({ resource, access, segment, allowed, because }) => {
      const right = segment === '' ? `${resource}:${access}` : `${resource}:${access}:${segment}`;
      return `${allowed ? 'yes' : 'no '}  ${showInvisible(right)}  ${showInvisible(because)}`;
    }),
    '',
  ].join('\n');

/** Shows the grants of tokens, or answers the questions about one. */
export const runAcl: CliCommand['run'] = async ([name, accessor], values, terminal) => {
  const format = textOrJson(values, terminal);
  if (typeof format === 'number') return format;
  const can = Array.isArray(values['can']) ? values['can'].map(String) : [];
  const questions: AclQuestion[] = [];
  for (const text of can) {
    const question = parseCan(text);
    if (typeof question === 'string') return usageError(terminal, question);
    questions.push(question);
  }
  const found = findCluster(name, values, terminal);
  if (typeof found === 'number') return found;
  const read = await readHere(found.cluster, accessor ?? null, found.terminal);
  if (!read.ok) {
    const { error } = read;
    if (error.kind === 'accessor') return usageError(terminal, showInvisible(error.problem));
    terminal.err(
      `peering-bot: ${showInvisible(found.cluster.name)} could not be read: ${showInvisible(error.message)}\n`,
    );
    return exit.undecided;
  }
  return questions.length > 0
    ? printAnswers(read.value, questions, format, terminal)
    : printReport(read.value, format, terminal);
};

const readHere = async (
  cluster: Parameters<typeof readClusterAcl>[0]['cluster'],
  accessor: string | null,
  terminal: Terminal,
): Promise<Result<AclRead, AclReadError>> => {
  const clients = createClients(terminal.env);
  try {
    const read = await readClusterAcl({
      clients,
      cluster,
      accessor,
      signal: terminal.signal,
      onProgress: (done, total) => {
        if (terminal.progress) terminal.err(`\r\u001b[K${cluster.name}: ${done} of ${total} reads`);
      },
    });
    if (terminal.progress) terminal.err('\r\u001b[K');
    return read;
  } finally {
    clients.close();
  }
};

/** Prints the answers. Returns 1 if a right is missing, for scripts. */
const printAnswers = (
  read: AclRead,
  questions: readonly AclQuestion[],
  format: 'text' | 'json',
  terminal: Terminal,
): ExitCode => {
  const answers = answersOf(read, questions);
  if (typeof answers === 'string') {
    terminal.err(`peering-bot: ${showInvisible(answers)}\n`);
    return exit.undecided;
  }
  terminal.out(format === 'json' ? safeJson(answers) : textOf(answers));
  return answers.can.every(({ allowed }) => allowed) ? exit.fine : exit.findings;
};

/** Returns 1 if a token lacks a grant that it needs; 3 if none is known to be missing and some are not known. */
const printReport = ({ report }: AclRead, format: 'text' | 'json', terminal: Terminal): ExitCode => {
  const { colour } = terminal;
  terminal.out(
    format === 'json' ? safeJson(report) : renderAclText(report, { colour, width: textWidth(terminal) }),
  );
  const { tokens } = report;
  if (tokens.some(({ grants, expiry }) => expiry === 'expired' || grants.some(({ allowed }) => !allowed))) {
    return exit.findings;
  }
  return tokens.some(({ state }) => state === 'gone' || state === 'unreadable') ? exit.undecided : exit.fine;
};
