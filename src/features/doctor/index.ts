export { examineClusters } from './examine-clusters';
export { examineRedis } from './examine-redis';
export { examineSlack } from './examine-slack';
export { type DoctorLine, linesOf } from './finding';
