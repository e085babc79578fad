export { answerAlert, type AlertServices } from './answer-alert';
export { createAlertThreads } from './alert-threads.store';
export { type AlertReceiver, createAlertReceiver, startAlertServer } from './receive-alerts';
