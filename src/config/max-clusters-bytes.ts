/** Maximum size of a clusters file. Thousands of clusters are smaller, and to parse more would hold up all else for long. */
export const maxClustersBytes = 2 * 1024 * 1024;
