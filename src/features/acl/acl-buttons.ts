import { z } from 'zod';
import { defineButton, NonEmpty } from '../../slack/define-button';

export const aclButtons = {
  share: defineButton({
    id: 'acl:share',
    /** `accessor`: the accessor of the request. */
    value: z.object({ cluster: NonEmpty, accessor: z.string().nullable() }),
  }),
} as const;
