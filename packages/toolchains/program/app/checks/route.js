import { runAndReport } from "../../report.js";

export const dynamic = "force-dynamic";

export async function GET() {
  await runAndReport();
  return new Response("done");
}
