/** A mistake in the configuration, with all that is needed to fix it. */
export interface Problem {
  /** The file, or `environment`. */
  readonly file: string;
  /** Line and column, from 1, if they are known. */
  readonly line?: number;
  readonly column?: number;
  /** Path inside the file, such as `clusters.prod-east.token`; or the variable's name. */
  readonly path: string;
  /** The mistake and what was expected. Never repeats a value that could be a secret. */
  readonly message: string;
  /** True if the configuration can be used in spite of it. */
  readonly isWarning?: boolean;
}

/** Formats a problem as one line: `clusters.yml:7:5 clusters.prod-east.token: …`. */
export const formatProblem = ({ file, line, column, path, message, isWarning }: Problem): string => {
  const location = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${location}${path ? ` ${path}` : ''}: ${isWarning === true ? 'warning: ' : ''}${message}`;
};
