import { type HistoryServices, checkActionIds, decodeRun, showRun } from '../history';
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
  id: checkActionIds.details,
  command: 'check',
  decode: decodeRun,
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Details',
    fill: ({ value: { cluster, run }, actor: { channel }, reports, rationale }) =>
      showRun({ cluster, run }, { reports }, (report) => renderDetails(report, { rationale, run, channel })),
  },
});

/** Shows only a part of what the modal around the menu shows. */
export const filterDetails = defineAction<DetailsServices>()({
  id: filterActionId,
  command: 'check',
  decode: (value, metadata) => {
    const filter = decodeFilter(value);
    const { cluster, run } = decodeModalContext(metadata) ?? {};
    return filter && cluster && run ? { filter, cluster, run } : undefined;
  },
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Details',
    fill: ({ value: { cluster, run, filter }, actor: { channel }, reports, rationale }) =>
      showRun({ cluster, run }, { reports }, (report) =>
        renderDetails(report, { rationale, run, channel, filter }),
      ),
  },
});
