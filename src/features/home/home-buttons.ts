import { z } from 'zod';
import { defineTextButton } from '../../slack/define-button';

/** A page of App Home, counted from 0, as its buttons and its metadata carry it. */
export const Page = z.codec(z.string().regex(/^page:\d{1,4}$/), z.number(), {
  decode: (text) => Number(text.slice('page:'.length)),
  encode: (page) => `page:${page}`,
});

/** The buttons that are only on App Home. */
export const homeButtons = {
  /** Shows another page. */
  previous: defineTextButton({ id: 'home:previous', value: Page }),
  next: defineTextButton({ id: 'home:next', value: Page }),
  /** Shows the same page as it is now. */
  refresh: defineTextButton({ id: 'home:refresh', value: Page }),
  connect: defineTextButton({ id: 'home:connect', value: Page }),
} as const;
