import { splitAddresses } from '../../../config/server-addresses';
import { textIn } from '../../../slack/modal-inputs';
import type { SubmittedModal } from '../../../slack/define';
import { approvalFields } from './form-parts.modal';

/** Reads the server addresses of a form; undefined if there are none, as in forms of earlier versions. */
export const addressesIn = (modal: SubmittedModal): readonly string[] | undefined => {
  const addresses = splitAddresses(textIn(modal, approvalFields.externalAddresses) ?? '');
  return addresses.length === 0 ? undefined : addresses;
};
