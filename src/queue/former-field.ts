import { z } from 'zod';

/** Extends the schema of a payload: reads a field from the name under which earlier versions queued it. */
export const withFormerField = <Payload>(
  schema: z.ZodType<Payload>,
  { name, former }: { readonly name: string; readonly former: string },
): z.ZodType<Payload> =>
  z.preprocess((payload) => {
    if (typeof payload !== 'object' || payload === null) return payload;
    const fields = new Map(Object.entries(payload));
    if (fields.has(name) || !fields.has(former)) return payload;
    return { ...payload, [name]: fields.get(former) };
  }, schema);
