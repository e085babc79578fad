import type { Button } from '@slack/types';
import { z } from 'zod';
import { button } from '../render/slack/blocks';
import { decodeParts, encodeParts } from '../render/slack/button-value';

/** Both ends of a button: messages render it, and the action that handles its clicks decodes it. */
export interface ButtonType<Value> {
  /** Its `action_id`. */
  readonly id: string;
  /** Returns undefined if the value is longer than Slack accepts. */
  readonly render: (label: string, value: Value, style?: Button['style']) => Button | undefined;
  /** Encodes a value as `render` does. */
  readonly encode: (value: Value) => string | undefined;
  /** Decodes the value of a click, which comes from outside; undefined if the bot cannot have rendered it. */
  readonly decode: (raw: string | undefined) => Value | undefined;
}

/** A name in a button's value. */
export const NonEmpty = z.string().min(1);

type Fields = Readonly<Record<string, string | null>>;

/**
 * Declares a button. Its value carries the fields in the order of the schema. Old messages in Slack still hold ids and
 * values, so neither changes; a field that was added later stands at the end and has a default.
 *
 * @example
 * const archive = defineButton({ id: 'history:archive', value: z.object({ cluster: NonEmpty }) });
 * archive.render('Archive', { cluster });
 */
export const defineButton = <Value extends Fields>({
  id,
  value: schema,
}: {
  readonly id: string;
  readonly value: z.ZodObject & z.ZodType<Value>;
}): ButtonType<Value> => {
  const names = Object.keys(schema.shape);
  const original = Object.values(schema.shape).filter((field) => !field.safeParse(undefined).success).length;
  return withRender({
    id,
    encode: (value) => encodeParts(names.map((name) => value[name] ?? null)),
    decode: (raw) => {
      const parts = decodeParts(raw, names.length) ?? decodeParts(raw, original);
      return parts && schema.safeParse(Object.fromEntries(names.map((name, at) => [name, parts[at]]))).data;
    },
  });
};

/** Declares a button whose value is one text. */
export const defineTextButton = <Value>({
  id,
  value: schema,
}: {
  readonly id: string;
  readonly value: z.ZodType<Value, string>;
}): ButtonType<Value> =>
  withRender({
    id,
    encode: (value) => z.safeEncode(schema, value).data,
    decode: (raw) => z.safeDecode(schema, raw ?? '').data,
  });

const withRender = <Value>(type: Omit<ButtonType<Value>, 'render'>): ButtonType<Value> => ({
  ...type,
  render: (label, value, style) => {
    const encoded = type.encode(value);
    if (encoded === undefined) return undefined;
    const plain = button(label, type.id, encoded);
    return style === undefined ? plain : { ...plain, style };
  },
});
