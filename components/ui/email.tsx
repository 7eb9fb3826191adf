/** An email in a list: cut at the end where it is long, whole where it is pointed at. */
export function Email({ value }: { value: string }) {
  return (
    <span className="block max-w-64 truncate" title={value}>
      {value}
    </span>
  );
}
