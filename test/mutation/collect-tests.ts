/** Loads test files without running them: the functions of jest that declare tests are replaced meanwhile. */

interface CollectedTest {
  readonly name: string;
  readonly run: () => unknown;
}

type Body = (...values: readonly unknown[]) => unknown;

const eachOf =
  (declare: (name: string, body: () => unknown) => void) =>
  (rows: readonly unknown[]) =>
  (name: string, body: Body): void => {
    for (const [index, row] of rows.entries()) {
      declare(`${name} ${index + 1}`, () => (Array.isArray(row) ? body(...(row as unknown[])) : body(row)));
    }
  };

const refuse = (): never => {
  throw new Error('tests with hooks cannot be repeated');
};

/** Returns the tests of files. Each may be run many times. */
export const collectTests = (files: readonly string[]): readonly CollectedTest[] => {
  const tests: CollectedTest[] = [];
  const path: string[] = [];
  const describe = (name: string, body: () => unknown): void => {
    path.push(name);
    body();
    path.pop();
  };
  const it = (name: string, run: () => unknown): void => {
    tests.push({ name: [...path, name].join(' › '), run });
  };
  const replaced: Readonly<Record<string, unknown>> = {
    describe: Object.assign(describe, { each: eachOf(describe) }),
    it: Object.assign(it, { each: eachOf(it) }),
    beforeAll: refuse,
    beforeEach: refuse,
    afterAll: refuse,
    afterEach: refuse,
  };
  const globals = globalThis as unknown as Record<string, unknown>;
  const kept = Object.fromEntries(Object.keys(replaced).map((name) => [name, globals[name]]));
  Object.assign(globals, replaced);
  try {
    for (const file of files) {
      path.length = 0;
      require(file);
    }
  } finally {
    Object.assign(globals, kept);
  }
  return tests;
};
