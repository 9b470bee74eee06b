//! Saved models, as the contract tells of them.

use crate::domain::recommend::versions::{Estimate, Figures, Version};
use crate::proto;

/// A saved model with the figures of its card, where the card can be read.
pub fn model_out(Version { version, active, refused, about }: Version) -> proto::Model {
    let model = proto::Model { version, active, refused: refused.unwrap_or_default(), ..proto::Model::default() };
    let Some(about) = about else { return model };
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    proto::Model {
        first_event_ms: about.span.0.0,
        last_event_ms: about.span.1.0,
        events: whole(about.events),
        acts: whole(about.interactions),
        customers: whole(about.customers),
        products: whole(about.products),
        seed: about.seed,
        learned_from_ms: about.learned_from.0,
        judged_from_ms: about.judged_from.0,
        learning_questions: whole(about.learning_questions),
        judging_questions: whole(about.judging_questions),
        figures: about.figures.into_iter().map(figures).collect(),
        against: about.against.map(|against| proto::ModelComparison {
            version: against.version.to_string(),
            gains: Some(estimate(against.gains)),
            scenario: against.scenario.name().to_owned(),
        }),
        ..model
    }
}

fn figures(figures: Figures) -> proto::ModelFigures {
    proto::ModelFigures {
        name: figures.model,
        ndcg_at_10: Some(estimate(figures.ndcg_at_10)),
        hr_at_10: Some(estimate(figures.hr_at_10)),
        blend_gains: figures.blend_gains.map(estimate),
        scenario: figures.scenario.name().to_owned(),
    }
}

const fn estimate(Estimate { mean, low, high }: Estimate) -> proto::Estimate {
    proto::Estimate { mean, low, high }
}
