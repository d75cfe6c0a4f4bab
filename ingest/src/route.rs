//! What is asked for.

use aws_lambda_events::apigw::ApiGatewayProxyRequest;
use aws_lambda_events::http::Method;

use crate::refusal::{Kind, Refusal, shorten};

pub(crate) enum Route {
    PutMetrics,
    Health,
}

impl Route {
    /// By the event's `path`. At the gateway's own domain that has no stage (`/put-metrics`); at a custom domain it is
    /// what the client wrote (`/Prod/put-metrics`).
    pub(crate) fn of(request: &ApiGatewayProxyRequest) -> Result<Self, Refusal> {
        let path = request.path.as_deref().unwrap_or_default();
        let (route, method, allowed) = match path.strip_prefix("/Prod").unwrap_or(path) {
            "/put-metrics" => (Self::PutMetrics, Method::POST, "POST"),
            "/health" => (Self::Health, Method::GET, "GET"),
            _ => {
                const PATHS: &str = "expected /Prod/put-metrics or /Prod/health";
                let told = format!("path '{}', {PATHS}", shorten(path));
                return Err(Refusal::new(Kind::NoRoute, told).logged(PATHS));
            }
        };
        if request.http_method != method {
            let told = format!("method {}, expected {allowed}", shorten(request.http_method.as_str()));
            let refusal = Refusal::new(Kind::NoMethod(allowed), told);
            return Err(refusal.logged(format_args!("expected {allowed}")));
        }
        Ok(route)
    }
}
