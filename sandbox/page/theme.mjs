// Light or dark: as the system has it, until someone chooses here.

import { remember, remembered } from './store.mjs';

const key = 'workspace-theme';

const systemDark = () => matchMedia('(prefers-color-scheme: dark)').matches;

/** @param {string | null} theme */
const apply = (theme) => {
  if (theme) document.documentElement.dataset['theme'] = theme;
};

export const startTheme = () => apply(remembered(key));

export const nextTheme = () => {
  const now = document.documentElement.dataset['theme'] ?? (systemDark() ? 'dark' : 'light');
  const next = now === 'dark' ? 'light' : 'dark';
  remember(key, next);
  apply(next);
};
