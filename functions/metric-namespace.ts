/** Where the functions' own metrics are. */
export const METRIC_NAMESPACE = 'Holdfast';
