/** Options that name the cluster at the other end of a peering, for a run without a clusters file. */
export const otherSideOptions = {
  other: { type: 'string' },
  'other-token-file': { type: 'string' },
} as const;

/** One line each, for help. */
export const otherSideHelp: Readonly<Record<keyof typeof otherSideOptions, string>> = {
  other: 'ADDRESS  also read the cluster at the other end of a peering, which may be in no clusters file',
  'other-token-file':
    'FILE  the file with its ACL token (default: $OTHER_CONSUL_HTTP_TOKEN_FILE, then $OTHER_CONSUL_HTTP_TOKEN)',
};
