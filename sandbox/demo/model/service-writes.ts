import { type Fields, isObject, textOf } from '../../workspace/blocks/schema';
import { objectIn, type RecordedCluster, rowsIn } from './recorded-cluster';

/** Registrations of services that the recording knows: new addresses, upstreams and checks. New ones cannot be modelled. */

/** Changes each recorded instance of this cluster that the function returns something else for. */
const changeInstances = (cluster: RecordedCluster, change: (instance: Fields) => Fields): number => {
  let changed = 0;
  for (const [key, answer] of cluster.answers) {
    if (!/^GET \/v1\/health\/(?:service|connect)\/[^?]+$/.test(key)) continue;
    const body = rowsIn(answer.body).map((instance) => {
      const now = change(instance);
      if (now !== instance) changed += 1;
      return now;
    });
    cluster.answers.set(key, { ...answer, body });
  }
  return changed;
};

const modeOf = (holder: unknown): unknown => objectIn(objectIn(holder)['MeshGateway'])['Mode'];

/** Gives sidecars the mesh gateway mode of new proxy defaults, as agents do for those that have none of their own. */
export const setGatewayModes = (
  cluster: RecordedCluster,
  before: Fields | undefined,
  after: Fields,
): void => {
  const [old, mode] = [modeOf(before), modeOf(after)];
  const withMode = (holder: Fields): Fields =>
    modeOf(holder) === old ? { ...holder, MeshGateway: mode ? { Mode: mode } : {} } : holder;
  changeInstances(cluster, (instance) => {
    const service = objectIn(instance['Service']);
    if (!isObject(service['Proxy'])) return instance;
    const proxy = withMode(service['Proxy']);
    const upstreams = proxy['Upstreams'];
    const all = Array.isArray(upstreams) ? { Upstreams: rowsIn(upstreams).map(withMode) } : {};
    return { ...instance, Service: { ...service, Proxy: { ...proxy, ...all } } };
  });
};

/** Consul takes `Check` and `Checks`. */
const checksIn = (definition: Fields): readonly Fields[] =>
  [definition['Check'], ...rowsIn(definition['Checks'])].filter(isObject);

/** Gives upstreams without a mesh gateway mode that of the proxy defaults. */
const withDefaultMode = (cluster: RecordedCluster, proxy: Fields): Fields => {
  const [defaults] = rowsIn(cluster.answers.get('GET /v1/config/proxy-defaults')?.body);
  const mode = modeOf(defaults);
  if (!mode || !Array.isArray(proxy['Upstreams'])) return proxy;
  const upstreams = rowsIn(proxy['Upstreams']);
  return {
    ...proxy,
    Upstreams: upstreams.map((one) => (modeOf(one) ? one : { ...one, MeshGateway: { Mode: mode } })),
  };
};

/** Registers an instance again. Its checks count as passing, since nothing runs behind a recording. */
export const registerService = (cluster: RecordedCluster, definition: unknown) => {
  const given = objectIn(definition);
  const id = textOf(given['ID']) || textOf(given['Name']);
  cluster.index += 1;
  const changed = changeInstances(cluster, (instance) => {
    const service = objectIn(instance['Service']);
    if (service['ID'] !== id) return instance;
    const checks = rowsIn(instance['Checks']);
    const node = checks.filter((check) => check['ServiceID'] === '');
    const own = checksIn(given).map((check, index) => ({
      ...node[0],
      CheckID: textOf(check['CheckID']) || `service:${id}${index === 0 ? '' : `:${index + 1}`}`,
      Name: textOf(check['Name']) || `Service '${textOf(given['Name'])}' check`,
      Status: 'passing',
      Output: 'This cluster is a recording: nothing was connected to',
      ServiceID: id,
      ServiceName: textOf(given['Name']),
    }));
    const before = checks.filter((check) => check['ServiceID'] !== '');
    const { Proxy: proxy, Port: port, Address: address, TaggedAddresses: tagged } = given;
    return {
      ...instance,
      Service: {
        ...service,
        Port: port ?? service['Port'],
        Address: address ?? service['Address'],
        TaggedAddresses: { ...objectIn(service['TaggedAddresses']), ...objectIn(tagged) },
        Proxy: withDefaultMode(cluster, { ...objectIn(service['Proxy']), ...objectIn(proxy) }),
        ModifyIndex: cluster.index,
      },
      Checks: [...node, ...(own.length > 0 ? own : before)],
    };
  });
  return changed > 0
    ? { status: 200, body: undefined }
    : { status: 400, body: `this cluster is a recording, which has no instance "${id}" to register again` };
};
