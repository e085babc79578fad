import type { Remediation } from '../../report/report';
import { type DataObject, hcl } from './hcl';
import { yaml } from './kubernetes';

/** Settings that no API call changes: contents of files that an agent or Helm reads. */

/** A part of an agent's configuration file. */
export const agentSetting = (title: string, setting: DataObject): Remediation => ({
  title,
  language: 'hcl',
  code: hcl(setting),
});

/** Values of the official Helm chart. */
export const helmValues = (title: string, values: DataObject): Remediation => ({
  title,
  language: 'yaml',
  code: yaml(values),
});
