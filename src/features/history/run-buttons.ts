import type { Button } from '@slack/types';
import { z } from 'zod';
import { defineButton, NonEmpty } from '../../slack/define-button';

const Scope = z.object({
  cluster: NonEmpty,
  /** The peer that the check was narrowed to. */
  peer: NonEmpty.nullable(),
});
/** A stored run. */
const Run = Scope.extend({ run: NonEmpty });

export const runButtons = {
  runAgain: defineButton({ id: 'check:run-again', value: Scope.extend({ run: NonEmpty.nullable() }) }),
  details: defineButton({ id: 'check:details', value: Run }),
  allChecks: defineButton({ id: 'check:all-checks', value: Run }),
} as const;

type Scope = Readonly<z.infer<typeof Scope>>;

/** Renders *Run again* for a check; none if its names are too long for a button. */
export const runAgainButton = ({ cluster, peer }: Scope, label = 'Run again'): Button | undefined =>
  runButtons.runAgain.render(label, { cluster, peer, run: null });

/** Renders *View details* of a stored run; none if there is no run, or if its names are too long for a button. */
export const detailsButton = ({
  run,
  ...scope
}: Scope & { readonly run: string | null }): Button | undefined =>
  run === null ? undefined : runButtons.details.render('View details', { ...scope, run });

/** Renders *View all checks* of a stored run, as `detailsButton` does. */
export const allChecksButton = ({
  run,
  ...scope
}: Scope & { readonly run: string | null }): Button | undefined =>
  run === null ? undefined : runButtons.allChecks.render('View all checks', { ...scope, run });
