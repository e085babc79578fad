import { type HistoryServices, runButtons, showRun } from '../history';
import { decodeFilter, filterActionId } from './details-filter';
import { decodeModalContext } from '../../render/slack/modal';
import { renderDetails } from './details.modal';
import { defineAction } from '../../slack/define';

interface DetailsServices extends HistoryServices {
  /** Returns why a check matters, by its id. */
  readonly rationale: (checkId: string) => string | undefined;
}

/** Evidence and remediations of a stored run. */
export const details = defineAction<DetailsServices>()({
  button: runButtons.details,
  command: 'check',
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Details',
    fill: ({ value: { cluster, run }, rationale, ...context }) =>
      showRun({ cluster, run }, { ...context, command: 'check' }, (report) =>
        renderDetails(report, { rationale, run, channel: context.actor.channel }),
      ),
  },
});

/** Filters the contents of the modal that the menu is in. */
export const filterDetails = defineAction<DetailsServices>()({
  button: {
    id: filterActionId,
    decode: (raw, metadata) => {
      const filter = decodeFilter(raw);
      const { cluster, run } = decodeModalContext(metadata) ?? {};
      return filter && cluster && run ? { filter, cluster, run } : undefined;
    },
  },
  command: 'check',
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Details',
    fill: ({ value: { cluster, run, filter }, rationale, ...context }) =>
      showRun({ cluster, run }, { ...context, command: 'check' }, (report) =>
        renderDetails(report, { rationale, run, channel: context.actor.channel, filter }),
      ),
  },
});
