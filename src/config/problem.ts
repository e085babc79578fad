/** A mistake in the configuration, said so that it can be mended without reading the code. */
export interface Problem {
  /** The file, or `environment`. */
  readonly file: string;
  /** Line and column, from 1, where the file has such a place. */
  readonly line?: number;
  readonly column?: number;
  /** Path inside the file, such as `clusters.prod-east.token`; or the variable's name. */
  readonly path: string;
  /** What is there and what was expected. Never repeats a value that could be a secret. */
  readonly message: string;
}

/** One line a problem: `clusters.yml:7:5 clusters.prod-east.token: …`. */
export const formatProblem = ({ file, line, column, path, message }: Problem): string => {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}${path ? ` ${path}` : ''}: ${message}`;
};
