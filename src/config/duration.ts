const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Parses a duration such as `30m`, `7d` or `90s` into ms. Undefined if it is not one. */
export const parseDuration = (text: string): number | undefined => {
  const match = /^(\d{1,6})\s*([smhdw])$/.exec(text.trim().toLowerCase());
  const unit = match?.[2] === undefined ? undefined : units[match[2]];
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
};
