export { type AnnounceServices, announceEvents } from './announce-events';
export { createAnnouncements } from './announcements.store';
export { deliverEvent, type DeliverServices } from './deliver-event';
export { createReceiverLimits } from './receiver-limits';
export { eventsOf, type FoundEvent } from './found-event';
