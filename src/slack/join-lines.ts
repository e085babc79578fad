import { setImmediate as immediate } from 'node:timers/promises';

/** Time in ms after which other work gets a chance. */
const sliceMs = 10;

/** Joins lines that are rendered as they are read. Pauses in between, so that requests from Slack need not wait. */
export const joinLines = async (lines: Iterable<string>): Promise<string> => {
  let text = '';
  let started = performance.now();
  for (const line of lines) {
    text += `${line}\n`;
    if (performance.now() - started < sliceMs) continue;
    await immediate();
    started = performance.now();
  }
  return text;
};
