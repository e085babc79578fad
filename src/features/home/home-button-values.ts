/** The buttons that are on App Home alone. */

export const homeActionIds = {
  /** Shows another page. */
  previous: 'home:previous',
  next: 'home:next',
  /** Shows the same page as it is now. */
  refresh: 'home:refresh',
  connect: 'home:connect',
} as const;

/** A page as a button's value, and as what the view carries. Pages count from 0. */
export const encodePage = (page: number): string => `page:${page}`;

/** Reads a page; nothing where it is none. */
export const decodePage = (value: string | undefined): number | undefined => {
  const [, digits] = /^page:(\d{1,4})$/.exec(value ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
};
