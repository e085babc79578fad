/**
 * Fields of config entries and service definitions, in any spelling that Consul accepts. Source: the structs of
 * `agent/structs` in Consul 1.20.1.
 */
const fieldNames =
  `AccessLogs Action Add Address Addresses AliasNode AliasService AllowEnablingPermissiveMutualTLS Args
Audiences AutoHostRewrite BalanceInboundConnections BalanceOutboundConnections BaseEjectionTime BaseInterval Body CAFile
CaCertificateProviderInstance CacheConfig CacheDuration CaseInsensitive CertFile CertResource Certificate CertificateName
Certificates Chain Check CheckID Checks ChoiceCount CipherSuites ClockSkewSeconds ClusterName Conditions Config Connect
ConnectTimeout ConnectTimeoutMs Consumers Contains Cookie CookieConfig Datacenter Datacenters Default DefaultForFailover
DefaultSubset Defaults DeregisterCriticalServiceAfter Description Destination DestinationName DestinationNamespace
DestinationPartition DestinationPeer DestinationServiceID DestinationServiceName DestinationType DialedDirectly
DisableAutoHostRewrite DisableListenerLogs DisableRedirects DiscoveryType DockerContainerID EnableTagOverride Enabled
EnforcingConsecutive5xx EnvironmentVariable EnvoyClusterJSON EnvoyExtensions EnvoyListenerJSON Exact Expose ExternalSNI
Failover FailoverPolicy FailuresBeforeCritical FailuresBeforeWarning FetchAsynchronously Field FieldValue Filename Filter
Filters Forward Forwarding GRPC GRPCUseTLS Gateway H2PING H2PingUseTLS HTTP Hash HashPolicies Header HeaderName Headers
HeadersWithUnderscoresAction Hostname Hostnames Hosts ID IdleTimeout IgnoreCase IncludeLocal Incoming InlineString
InsecureDisablePathNormalization InstanceLevel InstanceName Interval Invert Issuer JSONFormat JSONWebKeySet JWKS
JWKSCluster JWT KeyFile Kind LeastRequestConfig LegacyID LegacyMeta Limits Listeners LoadBalancer Local LocalBindAddress
LocalBindPort LocalBindSocketMode LocalBindSocketPath LocalConnectTimeoutMs LocalPathPort LocalRequestTimeoutMs
LocalServiceAddress LocalServicePort LocalServiceSocketPath Locality Locations Match Matches MaxConcurrentRequests
MaxConnections MaxEjectionPercent MaxFailures MaxInboundConnections MaxInterval MaxPendingRequests MaxVersion
MaximumRingSize Members MergeSlashes MeshDestinationsOnly MeshGateway Meta Method Methods MinVersion MinimumRingSize Mode
MutualTLSMode Name Namespace Native Notes NumRetries OnlyPassing OSService OutboundListenerPort Outgoing Override Overrides
PadForwardPayloadHeader Parents Partition Passing PassiveHealthCheck Path PathExact PathPrefix PathRegex
PathWithEscapedSlashesAction Paths Peer PeerThroughMeshGateways Peering Permissions Policy Port Precedence Prefix
PrefixRewrite Present PrioritizeByLocality Protocol Providers Proxy Query QueryParam RateLimits Reason Redirect Regex Region
Remote Remove RequestHeaders RequestNormalization RequestTimeout RequestTimeoutMs RequestsMaxBurst RequestsPerSecond
ResponseFilters ResponseHeaders RetryFilter RetryOn RetryOnConnectFailure RetryOnStatusCodes RetryPolicy
RetryPolicyBackOff RingHashConfig Routes Rules SDS SNI SamenessGroup SanitizeXForwardedClientCert ScriptArgs SectionName
Service ServiceID ServiceSubset Services Session Set SidecarService SocketPath SourceIP Sources Splits Status Subsets
SuccessBeforePassing Suffix TCP TCPUseTLS TLS TLSCertificates TLSMaxVersion TLSMinVersion TLSServerName TLSSkipVerify TTL
TaggedAddresses Tags Targets Terminal TextFormat Timeout TimeoutFilter Token TransparentProxy TrustedCA Type UDP URI
URLRewrite UpstreamConfig Upstreams ValidateClusters Value ValuePrefix VerifyClaims Warning Weight Weights Zone`.split(
    /\s+/,
  );

const canonical = (name: string): string => name.replaceAll(/[_-]/g, '').toLowerCase();

const byCanonical = new Map([
  ...fieldNames.map((name) => [canonical(name), name] as const),
  ['peername', 'Peer'] as const,
]);

/** Returns a field as Consul answers it, however it was written: `mesh_gateway`, `meshGateway` or `MeshGateway`. */
export const fieldName = (written: string): string | undefined => byCanonical.get(canonical(written));

export const knownFields: readonly string[] = fieldNames;

/** Fields that hold a list: one block is a list of one. */
export const listFields: ReadonlySet<string> = new Set(
  `Audiences Certificates Checks CipherSuites Consumers Datacenters EnvoyExtensions HashPolicies Header Headers Hostnames
Hosts Listeners Locations Matches Members Methods Overrides Parents Permissions Providers QueryParam Remove RetryOn
RetryOnStatusCodes Routes Rules ScriptArgs Services Sources Splits Tags Targets Upstreams VerifyClaims`.split(
    /\s+/,
  ),
);

/** Maps whose keys are the user's own. */
export const userMaps: ReadonlySet<string> = new Set([
  'Add',
  'Config',
  'Failover',
  'LegacyMeta',
  'Meta',
  'Arguments',
  'Set',
  'Subsets',
  'TaggedAddresses',
]);

/** Maps whose values are the user's own as well. */
export const opaqueMaps: ReadonlySet<string> = new Set([
  'Add',
  'Arguments',
  'Config',
  'LegacyMeta',
  'Meta',
  'Set',
]);
