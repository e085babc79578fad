export { examineConfiguration } from './examine-configuration';
export { examineInstallation } from './examine-installation';
export { type DoctorLine, linesOf } from './finding';
