import { checkActionIds } from './check-button-values';
import { decodeFilter, filterActionId } from './details-filter';
import { decodeModalContext } from '../../render/slack/modal';
import { renderDetails } from './details.modal';
import { defineAction } from '../../slack/define';
import { decodeRun, showRun } from '../history/stored-run';

/** Evidence and remediations of a stored run. */
export const details = defineAction({
  id: checkActionIds.details,
  command: 'check',
  decode: decodeRun,
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Details',
    fill: (value, { actor: { channel } }, tools) =>
      showRun(value, tools, (report) =>
        renderDetails(report, { rationale: tools.rationale, run: value.run, channel }),
      ),
  },
});

/** Shows only a part of what the modal around the menu shows. */
export const filterDetails = defineAction({
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
    fill: ({ filter, ...value }, { actor: { channel } }, tools) =>
      showRun(value, tools, (report) =>
        renderDetails(report, { rationale: tools.rationale, run: value.run, channel, filter }),
      ),
  },
});
