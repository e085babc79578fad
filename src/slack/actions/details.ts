import { actionIds } from '../../render/slack/buttons';
import { renderDetails } from '../../render/slack/views';
import { defineAction } from '../define';
import { decodeRun, showRun } from './stored-run';

/** Evidence and remediations of a stored run. */
export const details = defineAction({
  id: actionIds.details,
  command: 'check',
  decode: decodeRun,
  access: ({ cluster }) => [cluster],
  modal: {
    title: 'Details',
    fill: (value, _, tools) =>
      showRun(value, tools, (report) => renderDetails(report, { rationale: tools.rationale })),
  },
});
