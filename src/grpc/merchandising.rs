//! `MerchandisingService`: the rules that pin, hide, boost and bury products.

use tonic::{Request, Response, Status};

use crate::domain::{
    merchandising::{Action, MerchandisingRule},
    shop::Shop,
    store::{Write, Written},
};
use crate::grpc::{
    Door,
    convert::{self, At, Told, Violations},
    status::out_of_step,
    write_one,
};
use crate::proto::{
    DeleteRuleRequest, DeleteRuleResponse, ListRulesRequest, ListRulesResponse, PutRuleRequest, PutRuleResponse,
    merchandising_service_server::MerchandisingService,
};

/// Rules of a page where the request doesn't say, and the most.
const PAGES: (usize, usize) = (100, 1_000);

/// The service.
pub struct Merchandisers(pub Door);

#[tonic::async_trait]
impl MerchandisingService for Merchandisers {
    async fn put_rule(&self, request: Request<PutRuleRequest>) -> Result<Response<PutRuleResponse>, Status> {
        let shop = self.0.shop()?;
        let PutRuleRequest { rule, validate_only } = request.into_inner();
        let at = At::Request.field("rule");
        let mut bad = Violations::default();
        let rule = convert::merchandising_rule(rule, at, &mut bad);
        let rule = bad.accept(rule)?;
        let mut bad = Violations::default();
        names_what_there_is(&rule, shop, at, &mut bad);
        bad.accept(Some(()))?;
        let out = Some(convert::rule_out(&rule));
        let created = if validate_only {
            shop.merchandising.rules().iter().all(|one| one.id != rule.id)
        } else {
            match write_one(shop, Write::PutRule(Box::new(rule))).await? {
                Written::RulePut { created } => created,
                other => return Err(out_of_step(&other)),
            }
        };
        Ok(Response::new(PutRuleResponse { rule: out, created }))
    }

    async fn delete_rule(&self, request: Request<DeleteRuleRequest>) -> Result<Response<DeleteRuleResponse>, Status> {
        let shop = self.0.shop()?;
        let mut bad = Violations::default();
        let rule = convert::id(request.into_inner().id, At::Request.field("id"), &mut bad);
        let rule = bad.accept(rule)?;
        match write_one(shop, Write::DeleteRule { rule }).await? {
            Written::RuleDeleted => Ok(Response::new(DeleteRuleResponse {})),
            other => Err(out_of_step(&other)),
        }
    }

    async fn list_rules(&self, request: Request<ListRulesRequest>) -> Result<Response<ListRulesResponse>, Status> {
        let shop = self.0.shop()?;
        let ListRulesRequest { page_size, page_token } = request.into_inner();
        let mut bad = Violations::default();
        let size = convert::page_size(page_size, PAGES.0, PAGES.1, &mut bad);
        // The token is the last id of the page before.
        let after = match page_token.as_str() {
            "" => None,
            _ => convert::id(page_token, At::Request.field("page_token"), &mut bad),
        };
        let size = bad.accept(size)?;
        let rules = shop.merchandising.rules();
        let from = after.map_or(0, |after| rules.partition_point(|rule| rule.id <= after));
        let page = &rules[from..rules.len().min(from + size)];
        let more = from + page.len() < rules.len();
        let next_page_token = page.last().filter(|_| more).map(|last| last.id.to_string()).unwrap_or_default();
        let rules = page.iter().map(|rule| convert::rule_out(rule)).collect();
        Ok(Response::new(ListRulesResponse { rules, next_page_token }))
    }
}

/// A rule on what no product has would do nothing, unsaid.
fn names_what_there_is(rule: &MerchandisingRule, shop: &Shop, at: At<'_>, bad: &mut Violations) {
    let (action, filter) = match &rule.action {
        Action::Pin { product, .. } => {
            let snapshot = shop.catalog.snapshot();
            let number = shop.catalog.ids().find_product(product.as_str());
            let is_there = snapshot.is_empty() || number.is_some_and(|number| snapshot.contains(number));
            let text = format_args!("no product has the id {}", Told(product.as_str()));
            bad.check(is_there, at.field("pin").field("product_id"), text);
            return;
        }
        Action::Hide(filter) => return convert::known(filter, &shop.catalog, at.field("hide"), bad),
        Action::Boost(one) => ("boost", &one.filter),
        Action::Bury(one) => ("bury", &one.filter),
    };
    convert::known(filter, &shop.catalog, at.field(action).field("filter"), bad);
}
