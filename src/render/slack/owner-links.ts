import type { Button } from '@slack/types';
import { link } from '../escape';

/** The web pages of the owner of a cluster, of the configuration. */
export interface OwnerLinks {
  readonly ui?: string | undefined;
  readonly runbook?: string | undefined;
}

const isHttps = (url: string | undefined): url is string => url?.startsWith('https://') === true;

/** Renders *Open in Consul*; none without an https address. Its clicks need no handling. */
export const consulButton = ({ ui }: OwnerLinks): Button | undefined =>
  isHttps(ui)
    ? {
        type: 'button',
        text: { type: 'plain_text', text: 'Open in Consul' },
        action_id: 'link:consul',
        url: ui,
      }
    : undefined;

/** Links to the runbook; empty without an https address. */
export const runbookLink = ({ runbook }: OwnerLinks): string =>
  isHttps(runbook) ? `📖 ${link(runbook, 'Runbook')}` : '';
