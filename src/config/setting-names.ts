type SettingName = 'address' | 'token' | 'ca_file' | 'cert_file' | 'key_file' | 'server_name';

/** Names of the settings of a cluster that is in no clusters file: its variables and flags. */
export type SettingNames = Readonly<Record<SettingName, string>>;

/** Replaces the settings of the clusters file that a text names, such as `tls.ca_file`, by the names of those in use. */
export const withSettingNames = (text: string, names: SettingNames | undefined): string =>
  names === undefined
    ? text
    : text
        .replaceAll('Check the address', `Check ${names.address}`)
        .replaceAll(
          /\btls\.(ca_file|cert_file|key_file|server_name)\b/g,
          (_, name: 'ca_file' | 'cert_file' | 'key_file' | 'server_name') => names[name],
        );
