export { examineConfiguration } from './examine-configuration';
export { examineInstallation } from './examine-installation';
export { correctIt, type DoctorLine, linesOf } from './finding';
