import { defineHop, fail, pass, passOfSome, passWithRisk, unknownHop } from '../define-hop';
import { isOfferPrevented } from '../offers-nothing';
import { destinationLabel, failingInstances, farName, passingWords } from '../words';

/** Instances of the destination that pass their health checks. */
export const instancesHop = defineHop({
  name: 'instances',
  end: 'destination',
  fact: 'instances',
  check: { consumer: 'upstream-imported', destination: 'exported-services-in-mesh' },
  evaluate: (
    { registered, offered, targets, dead = [], isShareDead, unserved, terminated },
    route,
    facts,
  ) => {
    const service = destinationLabel(route);
    if (targets.length > 0 && registered?.healthy === 0) {
      return fail(
        `${service} resolves to ${targets.join(', ')}, which ${targets.length === 1 ? 'has' : 'have'} no passing mesh instance`,
      );
    }
    if (unserved) {
      return fail(
        `${service} resolves to ${targets.join(', ')}, which only a terminating gateway serves: over tcp it takes no calls of a peer for another name. Export ${targets.join(', ')} itself, or set the protocol of both services to http`,
      );
    }
    // If its chain resolves to other services, its own instances do not matter, nor what is offered under its name.
    if (targets.length > 0) {
      if (!registered) return unknownHop(`the instances of ${targets.join(', ')} are not visible`);
      const detail = `${targets.join(', ')}: ${passingWords(registered)}`;
      if (dead.length === 0) return pass(detail);
      const caution = `requests for ${service} that its discovery chain sends on to ${dead.join(', ')} fail: there is no passing mesh instance`;
      return isShareDead ? passOfSome(detail, caution) : passWithRisk(detail, caution);
    }
    if (registered && registered.total > 0 && registered.healthy === 0) {
      return fail(`${service}: ${failingInstances(registered)}`);
    }
    if (offered && offered.total > 0 && offered.healthy === 0) {
      return fail(`${service}: ${failingInstances(offered)}`);
    }
    if (terminated && registered && registered.healthy > 0 && offered?.total !== 0) {
      const [detail, all] = [passingWords(registered), terminated.total === 1 ? 'its only' : 'every'];
      const caution = `${all} instance of ${service} fails a health check; its terminating gateway calls it all the same`;
      return terminated.isReported ? pass(detail, caution) : passWithRisk(detail, caution);
    }
    if (offered && offered.total > 0) return pass(passingWords(offered));
    if (registered && registered.healthy > 0) {
      return offered?.total === 0 && facts.remoteGateway.visible && !isOfferPrevented(facts)
        ? fail(
            `${service} passes its health checks in ${farName(route)}, but ${route.consumer.cluster} gets no instance of it`,
          )
        : pass(passingWords(registered));
    }
    return unknownHop(`there are no instances of ${service} to check`);
  },
});
