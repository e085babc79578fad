/** A few combinators to write Slack's rules down as data. A rule looks at a value and reports what Slack would. */

export type Report = (message: string, pointer: string) => void;
export type Rule = (value: unknown, pointer: string, report: Report) => void;

export type Fields = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A string of `min` to `max` UTF-16 units: the strictest way to count what Slack calls characters. */
export const text =
  (max: number, min = 1): Rule =>
  (value, pointer, report) => {
    if (typeof value !== 'string') report('must provide a string', pointer);
    else if (value.length < min) report(`must be more than ${min - 1} characters`, pointer);
    else if (value.length > max) report(`must be less than ${max + 1} characters`, pointer);
  };

/** A string that the pattern matches, besides being a `text(max)`. */
export const pattern =
  (regex: RegExp, says: string, max = 3000): Rule =>
  (value, pointer, report) => {
    text(max)(value, pointer, report);
    if (typeof value === 'string' && !regex.test(value)) report(says, pointer);
  };

export const url = (max = 3000): Rule => pattern(/^(https?|mailto|slack):/, 'invalid url', max);

export const boolean: Rule = (value, pointer, report) => {
  if (typeof value !== 'boolean') report('must provide a boolean', pointer);
};

export const integer =
  (min: number, max = Number.MAX_SAFE_INTEGER): Rule =>
  (value, pointer, report) => {
    if (!Number.isInteger(value)) report('must provide an integer', pointer);
    else if ((value as number) < min || (value as number) > max)
      report(`must be between ${min} and ${max}`, pointer);
  };

export const number: Rule = (value, pointer, report) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) report('must provide a number', pointer);
};

export const literal =
  (...allowed: readonly unknown[]): Rule =>
  (value, pointer, report) => {
    if (!allowed.includes(value)) report(`must be one of: ${allowed.join(', ')}`, pointer);
  };

export const list =
  (item: Rule, { min = 1, max = Number.MAX_SAFE_INTEGER } = {}): Rule =>
  (value, pointer, report) => {
    if (!Array.isArray(value)) {
      report('must provide an array', pointer);
      return;
    }
    if (value.length < min) report(`no less than ${min} items allowed`, pointer);
    if (value.length > max) report(`no more than ${max} items allowed`, pointer);
    value.forEach((entry, index) => item(entry, `${pointer}/${index}`, report));
  };

type Shape = Readonly<Record<string, Rule>>;

/** An object with the required and optional fields and no others; `also` says what the fields demand together. */
export const object =
  (required: Shape, optional: Shape = {}, also?: (value: Fields, pointer: string, report: Report) => void) =>
  (value: unknown, pointer: string, report: Report): void => {
    if (!isObject(value)) {
      report('must provide an object', pointer);
      return;
    }
    for (const name of Object.keys(required)) {
      if (value[name] === undefined) report(`missing required field: ${name}`, pointer);
    }
    for (const [name, field] of Object.entries(value)) {
      const rule = Object.hasOwn(required, name)
        ? required[name]
        : Object.hasOwn(optional, name)
          ? optional[name]
          : undefined;
      if (!rule) report(`invalid additional property: ${name}`, pointer);
      else if (field !== undefined) rule(field, `${pointer}/${name}`, report);
    }
    also?.(value, pointer, report);
  };

/** An object whose `type` picks its rule. */
export const byType =
  (rules: Shape): Rule =>
  (value, pointer, report) => {
    if (!isObject(value)) {
      report('must provide an object', pointer);
      return;
    }
    const type = value['type'];
    const rule = typeof type === 'string' && Object.hasOwn(rules, type) ? rules[type] : undefined;
    if (rule) rule(value, pointer, report);
    else report(`unsupported type: ${String(type)}`, `${pointer}/type`);
  };

/** Defers to a rule that is defined further down. */
export const deferred =
  (rule: () => Rule): Rule =>
  (value, pointer, report) =>
    rule()(value, pointer, report);

/** A string as it is, a number or boolean in digits or letters, and nothing of all else. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
